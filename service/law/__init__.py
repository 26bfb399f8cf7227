"""Law as dated data (规则包): limits, thresholds, caps, masks and rewards with their articles.

A rule is chosen by the day of the event that it governs, never by the day of asking.
"""
