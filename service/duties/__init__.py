"""Duties (履职): the duty list of member bodies, and what an enterprise itself answers for.

Bodies work to a duty list that the committee keeps (对标履职，职责清单).  An enterprise's principal
has seven duties (安全生产法 (2021) art. 21) and every post of it a statement of responsibility
with a standard of assessment (全员安全生产责任制, art. 22).
"""
