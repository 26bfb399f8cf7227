"""The district's own map of its towns (挂图作战底图): boundaries that the committee brings itself.

Nothing of boundaries ships with the product.  A map that is shown to others needs the number of its
review (审图号, 地图管理条例 art. 15), which is kept and printed beside the map.
"""
