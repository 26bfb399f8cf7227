"""Equipment that is inspected by date: special equipment, fire equipment, lightning protection.

特种设备安全法 arts. 39 and 40, 消防法 art. 16, 防雷减灾管理办法 art. 19.  Kinds and intervals are
rows of the law (`ASSET_INTERVAL`).  Inspection here means that by a testing body (检验检测), never
an inspection of the enterprise by an authority.
"""
