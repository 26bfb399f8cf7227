"""Blacklist (黑名单) and bad records: from a town's proposal to a lawful publication and its end.

Statutes: 安全生产法 art. 78, 《安全生产严重失信主体名单管理办法》 (Order 11 of the Ministry of
Emergency Management), 行政处罚法 arts. 44–48, 《信用修复管理办法》 (NDRC Order 36).
"""
