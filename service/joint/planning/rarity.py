"""How rare the pairs of officers are that could do a visit: what must not be squandered."""

import numpy as np

from service.joint.planning.columns import Ints
from service.joint.planning.filling import Floats
from service.joint.planning.problem import Problem

RAREST = 9.0  # a visit that one pair in five hundred could do, and whatever is rarer


def rarity(problem: Problem, need: Ints, lead: Ints) -> Floats:
    """For each visit, how often the share of pairs that can do and lead it halves, from 0 to 9.

    The share is over all pairs of certified officers, each weighted by the days of duty of both.
    """
    duty = problem.on_duty.mean(axis=1) if problem.days else np.zeros(len(problem.on_duty))
    facts = np.stack([problem.officer_mask, problem.officer_body], axis=1)
    kinds, of = np.unique(facts, axis=0, return_inverse=True)
    present = np.bincount(of.ravel(), weights=duty, minlength=len(kinds))
    twice = np.bincount(of.ravel(), weights=duty * duty, minlength=len(kinds))
    weight = np.outer(present, present)
    weight[np.diag_indices(len(kinds))] -= twice
    total = float(weight.sum())
    mask = kinds[:, 0][:, None] | kinds[:, 0][None, :]
    bodies = (1 << kinds[:, 1])[:, None] | (1 << kinds[:, 1])[None, :]
    wanted, which = np.unique(np.stack([need, lead], axis=1), axis=0, return_inverse=True)
    found = np.full(len(wanted), RAREST)
    for i, (skills, body) in enumerate(wanted.tolist()):
        able = float(weight[(skills & ~mask == 0) & (bodies >> body & 1 == 1)].sum())
        if able > total * 2.0**-RAREST:
            found[i] = -np.log2(able / total)
    answer: Floats = np.maximum(found, 0.0)[which.ravel()]
    return answer
