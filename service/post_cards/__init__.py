"""Cards of posts (两单两卡): what a post risks, answers for, does step by step, and does in danger.

Whether holders remember, explain and can do it is measured (记得住、说得明、做得到); the kinds are
those of the pilot in 涪陵, which no law fixes.
"""
