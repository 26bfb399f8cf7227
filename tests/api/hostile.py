"""Documents of at most 10 kB, each written to cost the server far more than it costs to send."""

SIZE = 10_000


def filled(head: str, piece: str, tail: str, separator: str = " ") -> str:
    """The piece as often as fits into 10 kB; `{i}` in it counts."""
    parts, length, i = [], len(head) + len(tail), 0
    while length + len(one := piece.replace("{i}", str(i)) + separator) <= SIZE:
        parts.append(one)
        length += len(one)
        i += 1
    return head + "".join(parts) + tail


def doubling(levels: int, leaf: str = "name") -> str:
    """Fragments that spread the next one twice."""
    chain = [f"fragment F{i} on Enterprise {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels)]
    last = f"fragment F{levels} on Enterprise {{ {leaf} }}"
    return "{ enterprises { edges { node { ...F0 } } } } " + " ".join([*chain, last])


def nested(levels: int, opening: str, inner: str, closing: str = "}") -> str:
    """One thing inside another."""
    return opening * levels + inner + closing * levels


LIST = "{ enterprises(first: 100) { edges { node {"
END = "} } } }"

SHAPES: dict[str, str] = {
    "aliases of a list": filled("{", "a{i}: enterprises(first: 100) { totalCount }", "}"),
    "aliases of a field": filled(LIST, "a{i}: name", END),
    "the same field again": filled(LIST, "name", END),
    "the same list again": filled("{", "enterprises(first: 100) { totalCount }", "}"),
    "doubling fragments 10": doubling(10),
    "doubling fragments 60": doubling(60),
    "doubling fragments 98": doubling(98),
    "doubling fragments of lists": doubling(20, "premises { name } hazards { totalCount }"),
    "a fragment that spreads itself": "{ ...A } fragment A on Query { ...A }",
    "a circle of fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a circle nobody enters": "{ __typename } fragment A on Query { ...B }"
    " fragment B on Query { ...A }",
    "many fragments": filled("{ __typename }", "fragment F{i} on Query { __typename }", ""),
    "spreads of one fragment": filled("fragment F on Query { __typename } {", "...F", "}"),
    "spreads of unknown fragments": filled("{", "...F{i}", "}"),
    "inline fragments in one another": nested(1600, "{...", "{__typename}"),
    "inline fragments side by side": filled("{", "... { __typename }", "}"),
    "typed inline fragments": filled("{", "... on Query { __typename }", "}"),
    "deep fields": nested(600, "{ node ", "{ id }"),
    "deep lists": "{ enterprises { edges { node "
    + "{ hazards { edges { node { enterprise " * 60
    + "{ id }"
    + "}" * 243,
    "deep values": "{ enterprises(where: " + "{a:" * 1500 + "1" + "}" * 1500 + ") { totalCount } }",
    "deep lists of values": "{ enterprises(where: "
    + "[" * 4000
    + "]" * 4000
    + ") { totalCount } }",
    "deep types of a variable": "query ($a: "
    + "[" * 4000
    + "Int"
    + "]" * 4000
    + ") { __typename }",
    "many variables": filled("query (", "$v{i}: Int", ") { __typename }"),
    "many variables used": filled("query ($a: Int!) {", "a{i}: enterprises(first: $a) {x}", "}"),
    "one variable again": filled("query (", "$v: Int", ") { __typename }"),
    "variables without declaration": filled("{", "a{i}: enterprises(first: $v{i}) {x}", "}"),
    "directives on a field": filled("{ __typename ", "@include(if: true)", "}"),
    "unknown directives": filled("{ __typename ", "@d{i}", "}"),
    "directives on an operation": filled("query ", "@d", "{ __typename }"),
    "directives on fragments": filled("{", "... @skip(if: false) { __typename }", "}"),
    "skipped lists": filled("{", "a{i}: enterprises @skip(if: true) { totalCount }", "}"),
    "many operations": filled("", "query Q{i} { __typename }", ""),
    "operations without names": filled("", "{ __typename }", ""),
    "unknown fields": filled("{", "field{i}", "}"),
    "names that nearly are fields": filled("{", "enterprise{i}s", "}"),
    "unknown arguments": filled("{ enterprises(", "a{i}: 1", ") { totalCount } }"),
    "one argument again": filled("{ enterprises(", "first: 1", ") { totalCount } }"),
    "conflicting aliases": filled(LIST, "a: name a: id", END),
    "conflicting lists": filled("{", "a: enterprises(first: {i}) { totalCount }", "}"),
    "conflicts below": filled(LIST, "premises { a: name } premises { a: id }", END),
    "introspection in circles": "{ __schema { types { fields { type { fields { type { fields {"
    " type { fields { name } } } } } } } } } }",
    "introspection again": filled("{", "a{i}: __schema { types { name } }", "}"),
    "types by name": filled("{", 'a{i}: __type(name: "Query") { fields { name } }', "}"),
    "commas": "{" + "," * (SIZE - 20) + "__typename}",
    "comments": filled("{ __typename }", "#", "", "\n"),
    "a long name": "{ " + "a" * (SIZE - 10) + " }",
    "a long alias": "{ " + "a" * (SIZE - 30) + ": __typename }",
    "a long text": '{ enterprise(creditCode: "' + "a" * (SIZE - 60) + '") { name } }',
    "a text of escapes": filled('{ enterprises(where: {search: "', "\\u00e9", '"}) {x} }', ""),
    "a text of patterns": filled(
        '{ enterprises(where: {search: "', "%_", '"}) { totalCount } }', ""
    ),
    "a block of quotes": filled('{ enterprises(where: {search: """', '\\""" ', '"""}) {x} }', ""),
    "a long number": "{ enterprises(first: " + "9" * (SIZE - 60) + ") { totalCount } }",
    "a long fraction": "{ enterprises(first: 1." + "9" * (SIZE - 60) + ") { totalCount } }",
    "opening brackets": "{" * (SIZE - 10),
    "closing brackets": "{ __typename " + "}" * (SIZE - 20),
    "dots": "." * (SIZE - 10),
    "ids by alias": filled("{", 'a{i}: node(id: "UXVlcnk6MQ==") { id }', "}"),
    "types instead of questions": filled("", "type T{i} { a: Int }", ""),
    "acts by alias": filled(
        "mutation {", 'a{i}: cancelJob(input: {jobId: "x"}) { __typename }', "}"
    ),
    "subscriptions by alias": filled("subscription {", 'a{i}: jobProgress(jobId: "x") {id}', "}"),
    "as wide, deep and large as may be": filled(
        "{ enterprises(first: 100) { edges { node { ...W } } } } fragment W on Enterprise {",
        "name risk status creditCode industryCode aboveQuota",
        " hazards(first: 1) { edges { node { state history { step } } } } }",
    ),
    "twenty lists of the largest pages": "{"
    + " ".join(f"a{i}: hazards(first: 100) {{ edges {{ node {{ id }} }} }}" for i in range(20))
    + "}",
    "a fragment as often as may be": filled(
        "fragment W on Hazard { id state } { hazards(first: 100) { edges { node {",
        "...W",
        END + " }",
    ),
    "sixteen levels of objects": "{ hazards(first: 3) { edges { node { "
    + "enterprise { hazards(first: 1) { edges { node { " * 3
    + "id state description foundOn dueOn"
    + "}" * 16,
    "a search for a pattern that never ends": '{ enterprises(where: {search: "'
    + "(a+)+$.*" * 1_200
    + '"}) { totalCount } }',
    "a search in the rarest letters": '{ enterprises(where: {search: "'
    + "𠮷" * 2_400
    + '"}) { totalCount } }',
    "surrogates": filled('{ enterprises(where: {search: "', "\\ud83d\\ude00", '"}) {x} }', ""),
    "wide selection of everything": filled(LIST, "id name risk status", END),
}
