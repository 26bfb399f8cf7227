"""Penalty cases (行政处罚案件): from the filing to the executed decision, or to another body.

行政处罚法 (2021) arts. 24–74; 安全生产法 (2021) arts. 69, 78.  One act has one open case and one
fine, whichever tenants of the platform are at it (arts. 25, 29).
"""
