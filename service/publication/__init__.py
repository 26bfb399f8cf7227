"""Publication (公示): redacted public records, a tamper-evident log of them, and the open feed.

Standards: RFC 6962 Merkle hashing, C2SP tlog-tiles, tlog-checkpoint and signed-note.
"""
