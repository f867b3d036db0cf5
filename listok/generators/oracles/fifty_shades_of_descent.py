"""Descent round the optima, in NumPy: every step is a linear map, and corrected averages are weighted means.

A parabola's gradient is its curvature times the distance to its optimum. So gradient descent shrinks one distance by
the same factor every time, a step with momentum is a matrix on the last two weights and 1, and no velocity is needed.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def solve(p: Any) -> dict[str, Any]:
    x, y = np.array(p.xs), np.array(p.ys)
    optima, pulls = y / x, x * x  # the optimum of each observation, and half the curvature round it
    best = optima @ pulls / pulls.sum()
    curvature = 2 * pulls.mean()
    gaps = (p.w0 - best) * (1 - p.eta * curvature) ** np.arange(p.gd_count + 1).astype(object)
    sgd = walked(p, len(p.order), alpha=0, look=0)
    return {
        "sum_xy": best * pulls.sum(),
        "sum_xx": pulls.sum(),
        "ols": best,
        "slope": curvature,
        "shift": -curvature * best,
        "gd": best + gaps[1:],
        "gd_steps.w": best + gaps[:-1],
        "gd_steps.g": curvature * gaps[:-1],
        "gd_steps.next": best + gaps[1:],
        **told(p, "sgd", {name: sgd[name] for name in ("w", "g", "next")}),
        **told(p, "inertia", walked(p, p.few, alpha=p.alpha, look=p.alpha if p.heavy == "nesterov" else 0)),
        **(
            told(p, "adam", averaged(p, p.beta1, p.beta2, corrected=True), answer="scaled") | absent("rmsprop", RMSPROP)
            if p.adaptive == "adam"
            else told(p, "rmsprop", averaged(p, 0, p.rho), answer="scaled") | absent("adam", ADAM)
        ),
    }


RMSPROP = ("w", "g", "v_last", "v", "next")
ADAM = (*RMSPROP, "m_last", "m", "m_hat", "v_hat")


def absent(method: str, names: tuple[str, ...]) -> dict[str, Any]:
    """No steps of a method that is not asked for."""
    fields = [f"seen.{name}" for name in ("i", "x", "y")] + [f"step.{name}" for name in names]
    return {f"{method}_visits.{name}": () for name in fields}


def told(p: Any, method: str, steps: dict[str, Any], answer: str = "") -> dict[str, Any]:
    """The steps of a method by their paths, with the observations that they see."""
    visits = np.array(p.order[: len(steps["w"])]) - 1
    seen = {"i": visits + 1, "x": np.array(p.xs)[visits], "y": np.array(p.ys)[visits]}
    return {
        answer or method: steps["next"],
        **{f"{method}_visits.seen.{name}": column for name, column in seen.items()},
        **{f"{method}_visits.step.{name}": column for name, column in steps.items()},
    }


def walked(p: Any, count: int, *, alpha: Any, look: Any) -> dict[str, Any]:
    """Steps that move on by `alpha` of the last one; the gradient is taken when `look` of it is gone.

    All is linear in the state (w_t, w_(t-1), 1): a row holds the coefficients of a number that the state gives.
    """
    visits = np.array(p.order[:count]) - 1
    x, y = np.array(p.xs)[visits], np.array(p.ys)[visits]
    here, before, one = np.eye(3, dtype=int).astype(object)
    at = here + look * (here - before)
    gradients = np.outer(2 * x * x, at) - np.outer(2 * x * y, one)
    after = here + alpha * (here - before) - p.eta * gradients

    maps = [np.array([row, here, one]) for row in after]
    start = np.array([p.w0, p.w0, 1])
    states = np.array(list(itertools.accumulate(maps, lambda state, step: step @ state, initial=start)))
    old, w, new = states[:-1], states[:-1, 0], states[1:, 0]
    g = (gradients * old).sum(axis=1)
    return {"w": w, "last": old[:, 1] - w, "at": old @ at, "g": g, "h": w - new, "next": new}


def averaged(p: Any, decay: Any, decay_of_squares: Any, *, corrected: bool = False) -> dict[str, Any]:
    """Steps by averages that are written out: a gradient that is k steps old weighs decay^k.

    A plain average lacks the weight of what was before the start; a corrected one is the weighted mean.
    """
    x, y = np.array(p.xs, dtype=float), np.array(p.ys, dtype=float)
    eta, decay, decay_of_squares = float(p.eta), float(decay), float(decay_of_squares)
    ws, gradients = [float(p.w0)], np.array([])
    ms, vs, m_hats, v_hats = [0.0], [0.0], [], []
    for i in p.order[: p.few]:
        gradients = np.append(gradients, 2 * x[i - 1] ** 2 * (ws[-1] - y[i - 1] / x[i - 1]))
        ages = np.arange(len(gradients))[::-1]
        weights, weights_of_squares = decay**ages, decay_of_squares**ages
        m, v = weights @ gradients, weights_of_squares @ gradients**2
        ms.append((1 - decay) * m)
        vs.append((1 - decay_of_squares) * v)
        m_hats.append(m / weights.sum() if corrected else ms[-1])
        v_hats.append(v / weights_of_squares.sum() if corrected else vs[-1])
        ws.append(ws[-1] - eta * m_hats[-1] * v_hats[-1] ** -0.5)
    steps = {"w": ws[:-1], "g": gradients, "v_last": vs[:-1], "v": vs[1:], "next": ws[1:]}
    if corrected:
        steps |= {"m_last": ms[:-1], "m": ms[1:], "m_hat": m_hats, "v_hat": v_hats}
    return steps
