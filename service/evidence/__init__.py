"""Evidence (证据): photos, videos and documents of a visit or a case, sealed as they were taken.

Electronic data are evidence once verified (行政处罚法 art. 46); the law judges them by how they
were made, kept and identified (电子签名法 arts. 5, 7, 8).  So the device hashes before sending,
the service hashes again, originals are never altered, and every touch leaves a chained entry.
"""
