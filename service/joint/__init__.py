"""Joint enforcement (联合执法): demands of several bodies become few, lawful, joint visits.

安全生产法 art. 69 and 优化营商环境条例 art. 54 make it a duty to inspect jointly and to merge.
"""
