"""Texts of the forms that a town may put in its own words, and what else a sheet is given."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from service.documents.kinds import FORMS, DocumentKind
from service.errors import Invalid

BLOCK_LONGEST = 2000  # characters
K = DocumentKind
BLOCKS: dict[DocumentKind, dict[str, str]] = {
    K.INSPECTION_RECORD: {
        "statement": "以上记录已交被检查单位现场负责人核对，情况属实。被检查单位负责人拒绝签字的，"
        "检查人员将情况记录在案（《中华人民共和国安全生产法》第六十八条）。"
    },
    K.CORRECTION_ORDER: {
        "rights": "如不服本指令，可以依法申请行政复议或者提起行政诉讼，但本指令不停止执行，"
        "法律另有规定的除外。逾期不整改或者整改不合格的，将依法处理。"
    },
    K.REINSPECTION_OPINION: {"statement": "本意见书一式两份，一份交被复查单位，一份存档。"},
    K.CASE_FILING: {"statement": "承办人不得少于两人，与本案有直接利害关系的应当回避。"},
    K.PENALTY_NOTICE: {
        "defence": "根据《中华人民共和国行政处罚法》第四十四条、第四十五条，你（单位）有权进行"
        "陈述和申辩；本机关不会因陈述、申辩而给予更重的处罚。",
        "hearing": "根据《中华人民共和国行政处罚法》第六十三条、第六十四条，你（单位）有权"
        "要求听证；要求听证的，应当在收到本告知书后五个工作日内提出，逾期视为放弃。",
    },
    K.HEARING_NOTICE: {
        "rights": "你（单位）可以亲自参加听证，也可以委托一至二人代理；"
        "认为主持人与本案有直接利害关系的，有权申请回避。无正当理由拒不出席或者未经许可中途退出的，视为放弃听证权利。"
    },
    K.PENALTY_DECISION: {
        "rights": "到期不缴纳罚款的，每日按罚款数额的百分之三加处罚款，"
        "加处罚款的数额不得超出罚款的数额。申请行政复议或者提起行政诉讼的，行政处罚不停止执行，法律另有规定的除外。"
    },
    K.SERVICE_RECEIPT: {
        "statement": "受送达人不在的，由其同住成年家属或者单位负责收件的人签收；"
        "拒收的，由送达人注明情况。"
    },
    K.CLOSING_REPORT: {"statement": "本案有关材料已按档案管理规定整理。"},
    K.TRANSFER_LETTER: {"request": "请将处理结果及时反馈本机关。"},
    K.PLATE: {
        "statement": "责任人变动的，本牌及时更换；任何人发现安全隐患，均可拨打下列电话举报。"
    },
    K.SUPERVISION_NOTICE: {
        "request": "请落实责任、措施、资金、时限和预案，按期完成整改，自查合格后申请验收销号。"
    },
    K.PLAN_NOTICE: {
        "rights": "检查人员进入现场时将主动出示执法证件和执法码；未出示的，你单位有权拒绝。"
        "同一事项的检查结果由参加单位互认，不再重复检查。"
    },
}
"""Every block of each kind with the words that the product ships."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def simple_fields(kind: DocumentKind) -> set[str]:
    """Fields that may stand in a block: those of one plain value."""
    schema = FORMS[kind].schema
    hints = get_type_hints(schema)
    plain = {str, bool}
    return {
        one.name for one in fields(schema) if hints[one.name] in plain or "date" in str(one.type)
    }


def check_blocks(kind: DocumentKind, given: Mapping[str, str]) -> dict[str, str]:
    """A town's texts, trimmed.

    Raises:
        Invalid: an unknown block, an empty or overlong text, or an undeclared placeholder.
    """
    kept = {}
    for name, text in given.items():
        path = ("input", "blocks", name)
        if name not in BLOCKS[kind]:
            known = ", ".join(sorted(BLOCKS[kind]))
            raise Invalid(f"there is no block {name!r}; there are: {known}", path=path)
        trimmed = text.strip()
        if not trimmed or len(trimmed) > BLOCK_LONGEST:
            raise Invalid(f"a block has 1 to {BLOCK_LONGEST} characters", path=path)
        if any(not (char.isprintable() or char == "\n") for char in trimmed):
            raise Invalid("the block holds a character that cannot be printed", path=path)
        for placeholder in _PLACEHOLDER.findall(trimmed):
            if placeholder not in simple_fields(kind):
                raise Invalid(f"{{{placeholder}}} is no field of this document", path=path)
        kept[name] = trimmed
    return kept


def filled(
    kind: DocumentKind, own: Mapping[str, str], content: Mapping[str, Any]
) -> dict[str, str]:
    """All blocks of a document, with the fields in the places of their names."""

    def put(match: "re.Match[str]") -> str:
        value = content.get(match.group(1))
        if isinstance(value, bool):
            return "是" if value else "否"
        return "" if value is None else str(value)

    chosen = {**BLOCKS[kind], **{k: v for k, v in own.items() if k in BLOCKS[kind]}}
    return {name: _PLACEHOLDER.sub(put, text) for name, text in chosen.items()}


def labels(kind: DocumentKind) -> dict[str, str]:
    """The wording of each field on the form."""
    return {one.name: one.metadata["label"] for one in fields(FORMS[kind].schema)}


def sample(kind: DocumentKind) -> dict[str, Any]:
    """Invented fields of a kind, for a preview; every field says something."""
    return _sample(FORMS[kind].schema)


def _sample(schema: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(schema)
    return {one.name: _invented(hints[one.name], one.metadata["label"]) for one in fields(schema)}


def _invented(hint: Any, label: str) -> Any:
    said = str(hint)
    if said.startswith("tuple["):
        inner = hint.__args__[0]
        return [_invented(inner, f"{label}{number}") for number in ("一", "二")]
    if "datetime.datetime" in said:
        return "2026-03-05T09:30:00+08:00"
    if "datetime.date" in said:
        return "2026-03-05"
    if hint is bool:
        return True
    return f"示例{label}" if hint is str else _sample(hint)
