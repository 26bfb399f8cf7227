"""Indicators (考核指标) with lineage; fines and inspections never score (行政处罚法 art. 74)."""
