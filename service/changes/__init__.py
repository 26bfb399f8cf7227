"""The change feed: what changed of the objects that a client may read, in commit order.

It is read from the audit chain, so no command writes anything for it.  Each town's entries are
numbered without a gap by a transaction that holds the head of the chain until it commits; number
n + 1 is therefore given out only when n is committed and seen by every later snapshot, and a
reader who goes on from n can miss nothing, however many writers there are.
"""
