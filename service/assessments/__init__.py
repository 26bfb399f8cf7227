"""Risk assessment sessions (风险研判) and work that goes together with safety (三同时).

Sessions are held by schedule, before key periods and major events, and when something changes that
may induce an accident.  A work item always has its safety item: both are deployed, advanced and
assessed together.  Source: section 2 of the district's yearly plan; 安全生产法 (2021) art. 3.
"""
