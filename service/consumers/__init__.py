"""Consumers of the public log (订阅单位): what each says it processed, and who lags behind.

A list is only as right as its copies: a name that was repaired here and still stands in a credit
platform is the harm that 《信用修复管理办法》 forbids (after repair stop publishing AND sharing).
"""
