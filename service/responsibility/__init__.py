"""Responsibility (责任挂牌): who answers for each premises, and the plate that says so in public.

Three persons stand on a plate (三个责任人): the administrative head (行政负责人), the head of the
department in charge of the trade (行业监管部门负责人) and the enterprise's own (企业责任人).
Source: the district's yearly safety plan; 安全生产法 (2021) art. 3 (三管三必须), 21 and 22.
"""
