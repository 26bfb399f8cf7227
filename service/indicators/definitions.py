"""The indicators that the product measures; each has its formula in a view of the same code."""

from service.indicators.rules import Direction, Indicator, Kind

SHARE, MEAN, COUNT = Kind
HIGHER, LOWER = Direction
POLICY = "全区商贸安全工作要点"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "hazard_closure",
        "隐患闭环率",
        "A3",
        SHARE,
        HIGHER,
        "Hazards found in the period that are closed",
        "Hazards found in the period",
        POLICY,
        1000,
        True,
    ),
    Indicator(
        "hazard_on_time",
        "隐患按期整改率",
        "A43",
        SHARE,
        HIGHER,
        "Hazards due in the period that were closed by their last day",
        "Hazards due in the period",
        "安全生产法 (2021) art. 41",
        1000,
        True,
    ),
    Indicator(
        "hazard_recurrence",
        "重复隐患率",
        "A6",
        SHARE,
        LOWER,
        "Hazards closed in the period that a like one followed",
        "Hazards closed in the period",
        POLICY,
        50,
        True,
    ),
    Indicator(
        "major_five_conditions",
        "重大隐患五落实率",
        "A43",
        SHARE,
        HIGHER,
        "Open major hazards with responsibility, measures, funds, time limit and plan",
        "Open major hazards",
        "安全生产法 (2021) art. 41",
        1000,
        True,
    ),
    Indicator(
        "risk_coverage",
        "风险辨识覆盖率",
        "A3",
        SHARE,
        HIGHER,
        "Operating premises with an assessment that holds",
        "Operating premises",
        "安全生产法 (2021) art. 41",
        1000,
        True,
    ),
    Indicator(
        "risk_controlled",
        "风险管控率",
        "A14",
        SHARE,
        HIGHER,
        "Graded risk points whose measures name who answers for them",
        "Graded risk points",
        POLICY,
        1000,
        True,
    ),
    Indicator(
        "joint_visits",
        "联合检查户次",
        "A25",
        COUNT,
        LOWER,
        "Joint visits done in the period",
        "",
        POLICY,
    ),
)

BY_CODE = {indicator.code: indicator for indicator in INDICATORS}
