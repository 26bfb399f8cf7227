"""Random draws of objects and officers (双随机) that anybody can draw again.

Objects and officers are drawn at random and the result is published (双随机、一公开),
优化营商环境条例 art. 54.  The lists are committed to before a public seed exists, so nobody can try
lists out.
"""
