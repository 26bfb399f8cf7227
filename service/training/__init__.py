"""Training of enforcement officers and of enterprises (执法培训、企业培训), and officers' cards.

How many hours an officer needs in a year no text says; the rule `TRAINING_HOURS` is practice.
"""
