"""The same coefficients by mini-batch gradient descent: for comparison, and to show how descent behaves."""

from collections.abc import Sequence

import numpy as np

from toile.training.linear.gram import Array, Indices
from toile.training.linear.solve import Solution, Standardised, judge

BATCH = 64
FIRST_STEP = 0.5  # of 1 over the largest eigenvalue, with which descent over all rows would be stable
TOLERANCE = 1e-6
MAX_EPOCHS = 1000


def descend(
    rows: Array, weights: Array, system: Standardised, names: Sequence[str], *, ridge: float = 0.0, seed: int = 0
) -> Solution:
    """Descends over shuffled mini-batches of `rows` (n, k + 1): standardised columns, then the centred label.

    The loss is half the mean squared error by weight, with its penalty; `loss_curve` holds it after each epoch. A batch
    tells only how the gradient has changed since the epoch began, where all rows gave it (Johnson and Zhang 2013,
    SVRG): the noise of batches dies away and steps need not shrink with it. The step is halved after an epoch that
    raised the loss, which is then undone. Descent stops once no entry of the gradient is above `TOLERANCE` label
    deviations, or after `MAX_EPOCHS`, which a note tells.
    """
    penalty, share = ridge / system.weight, weights / weights.mean()
    values, vectors = np.linalg.eigh(system.matrix + penalty * np.eye(len(names)))
    condition, notes = judge(values, vectors, names)
    columns, label = rows[:, :-1], rows[:, -1]

    def slope_of(b: Array, target: Array, part: Indices | slice) -> Array:
        wrong = share[part] * (columns[part] @ b - target[part])
        slope: Array = wrong @ columns[part] / len(wrong) + penalty * b
        return slope

    def loss_of(b: Array) -> float:
        return float(share @ (columns @ b - label) ** 2 / len(label) + penalty * b @ b) / 2

    everything, nothing = slice(None), np.zeros_like(label)
    generator, batches = np.random.default_rng(seed), -(-len(label) // BATCH)
    best, step = np.zeros(len(names)), FIRST_STEP / values[-1]
    slope, loss = slope_of(best, label, everything), loss_of(best)
    tolerance, losses = TOLERANCE * float(np.sqrt(2 * loss)), list[float]()
    while np.abs(slope).max() > tolerance and len(losses) < MAX_EPOCHS:
        moved = best.copy()
        for batch in np.array_split(generator.permutation(len(label)), batches):
            moved -= step * (slope + slope_of(moved - best, nothing, batch))
        if loss_of(moved) < loss:
            best, loss = moved, loss_of(moved)
            slope = slope_of(best, label, everything)
        else:
            step /= 2
        losses.append(loss)
    if np.abs(slope).max() > tolerance:
        notes.append(f"descent had not converged after {MAX_EPOCHS} epochs.")
    unknown = np.full((len(names), len(names)), np.nan)
    return Solution(system, best, unknown, float(len(names)), condition, unknown[:, :0], notes, losses)
