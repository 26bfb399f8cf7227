"""What a tenant can set: every setting with its kind, range, default and where it comes from.

Only what law or policy leaves to the body in charge is a setting.  A default whose source is
"practice" was seen in use somewhere and is no law.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from service.administration.setting_tiers import TIERS
from service.errors import Invalid

Value = int | bool | str | tuple[int, ...]
"""Value of a setting, in the kind that its definition names."""


class SettingKind(Enum):
    """What a value looks like."""

    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"
    CHOICE = "CHOICE"
    INTEGERS = "INTEGERS"
    """A list of whole numbers, each once, in falling order."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Definition of one setting; `low` and `high` bound numbers, and lengths of a text."""

    key: str
    kind: SettingKind
    default: Value
    description: str
    unit: str = ""
    low: int = 0
    high: int = 1_000_000
    choices: tuple[str, ...] = ()
    source: str = ""
    contains: tuple[str, ...] = ()
    """What a text must hold to mean anything."""


K = SettingKind
_DEFINED: tuple[Setting, ...] = (
    Setting(
        "inspection.max_visits_per_year",
        K.INTEGER,
        4,
        "Inspections of one enterprise in a year, exempt kinds not counted",
        "visits",
        1,
        366,
        source="国办发〔2024〕54号: each authority publishes a cap; 4 is practice in Ningxia",
    ),
    Setting(
        "inspection.max_visits_per_body",
        K.INTEGER,
        2,
        "Inspections of one enterprise in a year that name the same body",
        "visits",
        1,
        366,
        source="国办发〔2024〕54号: each authority publishes a cap; 2 is practice",
    ),
    Setting(
        "inspection.min_gap_days",
        K.INTEGER,
        14,
        "Days between two inspections of the same premises, exempt kinds not counted",
        "calendar days",
        0,
        366,
        source="practice",
    ),
    Setting(
        "inspection.max_minutes",
        K.INTEGER,
        240,
        "Longest visit to one premises",
        "minutes",
        20,
        720,
        source="practice",
    ),
    Setting(
        "inspection.offline_hours",
        K.INTEGER,
        72,
        "How long after an act on site its record may still arrive from a device",
        "hours",
        1,
        720,
        source="practice",
    ),
    Setting(
        "inspection.low_yield_visits",
        K.INTEGER,
        3,
        "Inspections of one enterprise in a year at which the same officer finds nothing, alarm",
        "visits",
        2,
        366,
        source="practice in Chengdu",
    ),
    Setting(
        "inspection.notice_days",
        K.INTEGER,
        3,
        "An announced visit this near does not move to make room for an urgent one",
        "calendar days",
        0,
        60,
        source="practice",
    ),
    Setting(
        "inspection.ratings_minimum",
        K.INTEGER,
        5,
        "Ratings of a body in a quarter below which none is shown, so that nobody is recognised",
        "ratings",
        2,
        100,
        source="practice",
    ),
    Setting(
        "publication.confirm_hours",
        K.INTEGER,
        24,
        "Time in which a consumer of the public log confirms that a removed entry left its copy",
        "hours",
        1,
        168,
        source="practice; after repair publishing and sharing stop (信用修复管理办法)",
    ),
    Setting(
        "publication.silence_hours",
        K.INTEGER,
        26,
        "How long a consumer of the public log may say nothing before its copy counts as stale",
        "hours",
        2,
        720,
        source="a signed snapshot is valid for 26 hours",
    ),
    Setting(
        "register.file_days",
        K.INTEGER,
        30,
        "How long uploaded lists of enterprises and exported ones are kept as files",
        "calendar days",
        1,
        3650,
        source="practice; 个人信息保护法 art. 19 asks for the shortest time that is needed",
    ),
    Setting(
        "training.card_warning_days",
        K.INTEGERS,
        (90, 30),
        "How long before the end of an enforcement card its officer is warned of",
        "calendar days",
        0,
        366,
        source="practice",
    ),
    Setting(
        "post_card.validity_days",
        K.INTEGER,
        365,
        "How long a version of a card of a post holds (两单两卡)",
        "calendar days",
        30,
        1825,
        source="practice",
    ),
    Setting(
        "post_card.pass_mark",
        K.INTEGER,
        80,
        "Right answers from which the quiz of a card is passed",
        "percent",
        1,
        100,
        source="practice",
    ),
    Setting(
        "duty.event_window_hours",
        K.INTEGER,
        24,
        "Time around a key event in which a responsible person must be on site",
        "hours",
        1,
        240,
        source="practice",
    ),
    Setting(
        "assessment.schedule",
        K.CHOICE,
        "QUARTER",
        "How often a risk assessment session (风险研判) is held",
        choices=("MONTH", "QUARTER", "HALF", "YEAR"),
        source="practice",
    ),
    Setting(
        "assessment.inducing_days",
        K.INTEGER,
        3,
        "Time in which a session is held after an inducing factor changed",
        "calendar days",
        0,
        60,
        source="practice",
    ),
    Setting(
        "duty.checkin_radius_m",
        K.INTEGER,
        500,
        "Distance from the premises beyond which a check-in is marked as far away",
        "metres",
        20,
        100_000,
        source="practice",
    ),
    Setting(
        "duty.checkin_grace_hours",
        K.INTEGER,
        168,
        "Time in which a check-in made off line may arrive and still count",
        "hours",
        1,
        2160,
        source="practice",
    ),
    Setting(
        "duty.month_warning_days",
        K.INTEGERS,
        (7, 2),
        "How long before the end of a month heads who have not visited are warned",
        "calendar days",
        0,
        30,
        source="practice",
    ),
    Setting(
        "duty.half_warning_days",
        K.INTEGERS,
        (30, 10),
        "How long before 30 June and 31 December heads are warned of premises not yet visited",
        "calendar days",
        0,
        180,
        source="practice",
    ),
    Setting(
        "hazard.recurrence_days",
        K.INTEGER,
        180,
        "A hazard of the same kind at the same premises within this time is a recurrence",
        "calendar days",
        1,
        1096,
        source="practice",
    ),
    Setting(
        "hazard.extensions_max",
        K.INTEGER,
        2,
        "How often the deadline of one hazard may be extended",
        "times",
        0,
        10,
        source="practice",
    ),
    Setting(
        "hazard.ranking_days",
        K.INTEGER,
        90,
        "Days back over which the nightly ranking of hazard categories counts",
        "calendar days",
        7,
        366,
        source="practice",
    ),
    Setting(
        "risk.review_days",
        K.INTEGER,
        365,
        "How long the assessment of a risk point holds",
        "calendar days",
        30,
        1096,
        source="practice",
    ),
    Setting(
        "risk.control_days_red",
        K.INTEGERS,
        (31, 7, 1),
        "Longest time between two checks of a red risk by each level, the lowest level last",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "risk.control_days_orange",
        K.INTEGERS,
        (7, 1),
        "Longest time between two checks of a orange risk by each level, the lowest level last",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "risk.control_days_yellow",
        K.INTEGERS,
        (7,),
        "Longest time between two checks of a yellow risk by each level, the lowest level last",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "risk.control_days_blue",
        K.INTEGERS,
        (31,),
        "Longest time between two checks of a blue risk by each level, the lowest level last",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "routine_check.late_days",
        K.INTEGER,
        1,
        "How long after its last day a routine check counts as late and not yet as missed",
        "calendar days",
        0,
        31,
        source="practice",
    ),
    Setting(
        "supervision.publish_workdays",
        K.INTEGER,
        5,
        "Time to publish the listing or delisting of a supervised hazard (挂牌督办)",
        "working days",
        1,
        60,
        source="practice in Qingdao, 2012",
    ),
    Setting(
        "supervision.extension_request_workdays",
        K.INTEGER,
        20,
        "How long before its end an extension must be asked for",
        "working days",
        1,
        120,
        source="practice in Qingdao, 2012",
    ),
    Setting(
        "supervision.extension_answer_workdays",
        K.INTEGER,
        10,
        "Time to answer a request for an extension",
        "working days",
        1,
        60,
        source="practice in Qingdao, 2012",
    ),
    Setting(
        "supervision.term_months",
        K.INTEGER,
        12,
        "Longest term of a supervised hazard, extensions included",
        "months",
        1,
        36,
        source="practice in Qingdao, 2012",
    ),
    Setting(
        "supervision.escalate_workdays",
        K.INTEGER,
        10,
        "Time after which an overdue order goes to the next level by itself; 0 for by hand alone",
        "working days",
        0,
        120,
        source="practice; the work plan has overdue orders escalated and names no time",
    ),
    Setting(
        "supervision.town_lists",
        K.BOOLEAN,
        True,
        "Indicates that the town itself decides listings of the lowest level (科级)",
        source="practice",
    ),
    Setting(
        "supervision.officials_named",
        K.BOOLEAN,
        False,
        "Indicates that the district's public page names the responsible official of a listing",
        source="practice",
    ),
    Setting(
        "certificate.warning_days",
        K.INTEGERS,
        (90, 30),
        "How long before its end the holder of a certificate is warned",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "asset.warning_days",
        K.INTEGERS,
        (30, 7),
        "How long before its next inspection equipment is warned of",
        "calendar days",
        1,
        366,
        source="practice",
    ),
    Setting(
        "report.handle_days",
        K.INTEGER,
        60,
        "Time to handle an accepted report to 12350",
        "calendar days",
        1,
        180,
        source="practice in Shandong",
    ),
    Setting(
        "report.extension_days",
        K.INTEGER,
        30,
        "Time by which the handling of a report may be prolonged once",
        "calendar days",
        0,
        90,
        source="practice in Shandong",
    ),
    Setting(
        "evidence.retention_years",
        K.INTEGER,
        10,
        "How long evidence is kept after its case has ended",
        "years",
        3,
        100,
        source="the tenant's archive rules (行政处罚法 art. 47 asks for archiving)",
    ),
    Setting(
        "evidence.visit_retention_years",
        K.INTEGER,
        5,
        "How long evidence of a visit without a case is kept after its seal",
        "years",
        1,
        100,
        source="the tenant's archive rules (行政处罚法 art. 47 asks for archiving)",
    ),
    Setting(
        "evidence.quota_gib",
        K.INTEGER,
        500,
        "How much room the evidence of the tenant may take",
        "GiB",
        1,
        1_000_000,
        source="practice",
    ),
    Setting(
        "evidence.scan_required",
        K.BOOLEAN,
        False,
        "Indicates that evidence is not sealed until a virus scan has passed it",
    ),
    Setting(
        "documents.number_wording",
        K.TEXT,
        "（{place}）{line}{kind}〔{year}〕{number}号",
        "Wording of the numbers of documents, with place, line, kind, year and number in braces",
        high=60,
        contains=("{line}", "{kind}", "{year}", "{number}"),
        source="practice",
    ),
    Setting(
        "documents.place",
        K.TEXT,
        "",
        "Place that stands in the numbers of documents, the name of the town when empty",
        high=20,
        source="practice",
    ),
    Setting(
        "contact.office",
        K.TEXT,
        "",
        "Office that the public may turn to, as printed on notices",
        high=100,
    ),
    Setting(
        "contact.phone",
        K.TEXT,
        "12350",
        "Telephone number that the public may call",
        high=30,
        source="安全生产法 art. 73",
    ),
    Setting(
        "display.language",
        K.CHOICE,
        "zh-CN",
        "Language of notices and messages",
        choices=("zh-CN", "en"),
    ),
)
_TIERS = tuple(Setting(k, K.INTEGER, n, t, "tier", 1, 4, source="practice") for k, n, t in TIERS)
SCHEMA: Mapping[str, Setting] = MappingProxyType({s.key: s for s in (*_DEFINED, *_TIERS)})
DEFAULTS: Mapping[str, Value] = MappingProxyType({s.key: s.default for s in SCHEMA.values()})


def check_value(key: str, given: object) -> Value | None:
    """The value in the form that is kept; None returns the setting to its default.

    Raises:
        Invalid: an unknown setting, or a value of the wrong kind or out of range.
    """
    setting = SCHEMA.get(key)
    if setting is None:
        raise Invalid(f"there is no setting {key!r}", path=("input", "changes", key))
    if given is None:
        return None
    checks = {
        K.INTEGER: _integer,
        K.BOOLEAN: _boolean,
        K.TEXT: _text,
        K.CHOICE: _choice,
        K.INTEGERS: _integers,
    }
    value = checks[setting.kind](setting, given)
    if value is None:
        raise Invalid(f"{key} must be {expected(setting)}", path=("input", "changes", key))
    return value


def expected(setting: Setting) -> str:
    """What a value must be, in words."""
    unit = f" {setting.unit}" if setting.unit else ""
    return {
        K.INTEGER: f"a whole number from {setting.low} to {setting.high}{unit}",
        K.BOOLEAN: "true or false",
        K.TEXT: f"a text of at most {setting.high} characters"
        + (f" that holds {', '.join(setting.contains)}" if setting.contains else ""),
        K.CHOICE: f"one of {', '.join(setting.choices)}",
        K.INTEGERS: f"1 to 10 whole numbers from {setting.low} to {setting.high}{unit}",
    }[setting.kind]


def _integer(setting: Setting, given: object) -> int | None:
    # A bool is an int to Python and to nobody else.
    fits = isinstance(given, int) and not isinstance(given, bool)
    return given if fits and setting.low <= given <= setting.high else None  # type: ignore[operator,return-value]


def _boolean(_setting: Setting, given: object) -> bool | None:
    return given if isinstance(given, bool) else None


def _text(setting: Setting, given: object) -> str | None:
    if not isinstance(given, str) or len(given.strip()) > setting.high:
        return None
    if any(part not in given for part in setting.contains):
        return None
    return given.strip() if given.isprintable() else None


def _choice(setting: Setting, given: object) -> str | None:
    return given if isinstance(given, str) and given in setting.choices else None


def _integers(setting: Setting, given: object) -> tuple[int, ...] | None:
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= 10:
        return None
    numbers = [number for item in given if (number := _integer(setting, item)) is not None]
    if len(numbers) != len(given):
        return None
    return tuple(sorted(set(numbers), reverse=True))
