"""Accidents of work safety (生产安全事故): reported in time, levelled, corrected openly.

生产安全事故报告和调查处理条例 (国务院令第493号) art. 3, 4, 9 and 13.
"""
