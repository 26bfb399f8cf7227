"""Hazards (事故隐患): found, graded, put right, verified and closed (安全生产法 (2021) art. 41)."""
