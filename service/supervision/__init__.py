"""Supervised listing (挂牌督办) of hazards at three levels (厅级、处级、科级).

Government bodies supervise the handling of major hazards (安全生产法 (2021) art. 41).
"""
