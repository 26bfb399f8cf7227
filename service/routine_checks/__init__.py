"""Routine checks (日周月排查): each day a team's, each week a department's, each month a manager's.

The enterprise checks itself and keeps what it found (安全生产法 (2021) art. 41 and 46).
"""
