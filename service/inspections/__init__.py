"""Inspections of enterprises (涉企行政检查): task, visit, record, rectification, re-inspection.

安全生产法 (2021) arts. 62, 65, 67, 68; 国办发〔2024〕54号; 重庆市政府令第375号.
"""
