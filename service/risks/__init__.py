"""Risk points (风险分级管控, 安全生产法 art. 41): evaluated, graded in four colours, controlled."""
