"""Standardisation of enterprises (安全生产标准化): certificates, and conformity at three levels.

安全生产法 (2021) art. 4 asks every unit to build it up; the life of a certificate, the marks of
its grades and the days of its publicity are rows of the law (`STANDARD_*`), none of them checked
against a promulgated text.
"""
