"""Guidance visits (检查指导): advice without coercive power, recorded, and owed by the heads.

A guidance visit orders nothing, needs no enforcement code and uses up no cap; an administrative
inspection does, is recorded by joint enforcement, and is referred to here only (国办发〔2024〕54号;
市政府令第375号 (Chongqing)).  What heads owe comes from the district's yearly safety plan.
"""
