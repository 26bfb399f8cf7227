"""Officers (执法人员): who may inspect, with card, skills and base."""
