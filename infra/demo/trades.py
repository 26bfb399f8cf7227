"""The trades of the demo, the departments that supervise them, and what these look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of business: its class, name ending, share, risks, revenue and who inspects it.

    `risks` are the weights of red, orange, yellow, blue; `revenue_yuan` the range of a year;
    `opening` minutes from midnight, None when never shut; `lines` the departments by code.
    """

    industry_code: str
    ending: str
    weight: float
    risks: tuple[int, int, int, int]
    revenue_yuan: tuple[int, int]
    opening: tuple[int, int] | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the district that enforces, with the skill its inspections need."""

    code: str
    name: str
    line: str
    items: tuple[str, ...]
    minutes: tuple[int, int]


DEPARTMENTS: tuple[Department, ...] = (
    Department(
        "commerce",
        "渝北区商务委员会（演示）",
        "commerce",
        ("commerce.responsibility", "commerce.training", "commerce.oil-ledger"),
        (30, 60),
    ),
    Department(
        "fire",
        "渝北区消防救援局（演示）",
        "fire",
        ("fire.evacuation", "fire.equipment", "fire.power"),
        (40, 90),
    ),
    Department(
        "market",
        "渝北区市场监督管理局（演示）",
        "market",
        ("market.special-equipment", "market.food", "market.licence"),
        (30, 75),
    ),
    Department(
        "emergency",
        "渝北区应急管理局（演示）",
        "emergency",
        ("emergency.chemicals", "emergency.confined-space", "emergency.plan"),
        (40, 90),
    ),
    Department(
        "urban",
        "渝北区城市管理局（演示）",
        "urban",
        ("urban.signboards", "urban.waste"),
        (20, 40),
    ),
    Department(
        "gas",
        "渝北区燃气管理办公室（演示）",
        "gas",
        ("gas.alarm", "gas.hose", "gas.cylinder"),
        (20, 45),
    ),
)
DEPARTMENT_BY_CODE = {department.code: department for department in DEPARTMENTS}
TOWN_ITEMS = ("general.daily", "general.hazard-ledger")

_SHOP, _LONG, _WORK = (510, 1290), (600, 1320), (480, 1080)
TRADES: tuple[Trade, ...] = (
    Trade("6210", "餐饮", 24, (2, 18, 45, 35), (300_000, 9_000_000), _LONG,
          ("market", "fire", "gas", "urban")),
    Trade("6220", "快餐", 8, (1, 12, 45, 42), (200_000, 3_000_000), _LONG,
          ("market", "fire", "gas")),
    Trade("6291", "小吃", 8, (1, 10, 40, 49), (100_000, 900_000), _LONG,
          ("market", "gas", "urban")),
    Trade("6110", "大酒店", 2, (15, 45, 30, 10), (3_000_000, 60_000_000), None,
          ("fire", "market", "gas", "commerce")),
    Trade("6121", "酒店", 5, (5, 35, 40, 20), (800_000, 12_000_000), None, ("fire", "market")),
    Trade("5211", "百货", 3, (15, 40, 30, 15), (5_000_000, 300_000_000), _SHOP,
          ("commerce", "fire", "market", "urban")),
    Trade("5212", "超市", 10, (3, 22, 45, 30), (900_000, 60_000_000), _SHOP,
          ("commerce", "fire", "market")),
    Trade("5213", "便利店", 9, (0, 5, 35, 60), (200_000, 3_000_000), _SHOP, ("market", "urban")),
    Trade("5265", "加油站", 3, (55, 40, 5, 0), (8_000_000, 90_000_000), None,
          ("emergency", "commerce", "fire", "market")),
    Trade("5266", "加气站", 1, (60, 35, 5, 0), (5_000_000, 40_000_000), None,
          ("gas", "emergency", "fire", "market")),
    Trade("5283", "家居", 4, (3, 30, 42, 25), (700_000, 50_000_000), _SHOP,
          ("fire", "commerce", "urban")),
    Trade("5261", "汽车销售", 4, (2, 22, 46, 30), (5_000_000, 200_000_000), _SHOP,
          ("commerce", "fire")),
    Trade("5191", "再生资源", 4, (18, 42, 30, 10), (400_000, 30_000_000), _WORK,
          ("commerce", "fire", "emergency", "urban")),
    Trade("5165", "建材", 5, (2, 20, 48, 30), (2_000_000, 90_000_000), _WORK, ("fire", "market")),
    Trade("5162", "石油制品", 1, (50, 40, 10, 0), (15_000_000, 400_000_000), _WORK,
          ("emergency", "commerce", "fire")),
    Trade("5930", "冷链仓储", 3, (28, 45, 22, 5), (2_000_000, 70_000_000), _WORK,
          ("emergency", "fire", "market")),
    Trade("5920", "仓储", 4, (6, 34, 40, 20), (1_000_000, 60_000_000), _WORK,
          ("fire", "emergency", "commerce")),
    Trade("5942", "化学品仓储", 1, (70, 28, 2, 0), (3_000_000, 90_000_000), _WORK,
          ("emergency", "fire", "market", "commerce")),
)  # fmt: skip
TRADE_BY_CODE = {trade.industry_code: trade for trade in TRADES}
