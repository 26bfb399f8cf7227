"""Enforcement powers (执法职权): what a body may check and penalise, on which basis, since when.

A town holds the power to penalise only where its province handed it down and said so in public
(行政处罚法 art. 24); towns and streets may check (重庆市政府令第375号 art. 2).
"""
