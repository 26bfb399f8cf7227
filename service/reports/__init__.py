"""Reports of the public (12350 有奖举报), from their receipt to the reward.

安全生产法 (2021) arts. 73 and 76, 安监总财〔2018〕19号, 应急〔2020〕69号.
"""
