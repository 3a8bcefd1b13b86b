"""A budget holds whatever requests turn out to cost, with many of them under way."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mma_eval.run.budget import Budget


class Spender:
    """Sends requests of a given cost within a budget, and counts them."""

    def __init__(self, limit: float, cost: float | None, *, estimate: float = 0.0) -> None:
        self.budget, self.cost, self.estimate = Budget(limit), cost, estimate
        self.sent = self.at_once = self.most_at_once = self.most_before_a_price = 0
        self.lock = threading.Lock()

    def request(self) -> bool:
        """Send one request; return False if it was refused."""
        with self.budget.request(self.estimate) as request:
            if request is None:
                return False
            with self.lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                if not self.sent:
                    self.most_before_a_price = max(self.most_before_a_price, self.at_once)
            time.sleep(0.005)
            with self.lock:
                self.sent += 1
                self.at_once -= 1
            request.answered, request.cost = True, self.cost
        return True

    def all_at_once(self, count: int) -> list[bool]:
        """Send requests from 16 threads."""
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda _: self.request(), range(count)))


@pytest.mark.parametrize(("limit", "cost", "sent"), [(3.0, 1.0, 3), (3.5, 1.0, 3), (0.5, 1.0, 1), (10.0, 0.3, 33)])
def test_a_cost_that_was_not_estimated_is_learnt_from_the_first_request(limit: float, cost: float, sent: int) -> None:
    spender = Spender(limit, cost)
    assert sum(spender.all_at_once(80)) == spender.sent == sent
    assert spender.most_before_a_price == 1
    assert spender.budget.refused
    assert spender.budget.spent == pytest.approx(sent * cost)


def test_an_estimate_above_the_cost_is_reserved_only_while_a_request_is_under_way() -> None:
    spender = Spender(1.0, 0.1, estimate=0.5)
    assert sum(spender.all_at_once(30)) == spender.sent
    assert spender.most_at_once <= 2
    assert spender.budget.spent <= 1.0
    assert spender.sent >= 5  # until less than the estimate is left


@pytest.mark.parametrize("cost", [None, 0.0])
def test_what_costs_nothing_is_not_held_up(cost: float | None) -> None:
    spender = Spender(1.0, cost)
    assert all(spender.all_at_once(64))
    assert spender.most_at_once > 4
    assert not spender.budget.refused


def test_a_dearer_request_raises_what_is_reserved() -> None:
    spender = Spender(10.0, 1.0)
    assert spender.request()
    spender.cost = 8.0
    assert spender.request()
    assert not spender.request()  # 9 are spent, and the dearest cost 8
    assert spender.sent == 2


def test_what_was_spent_before_counts() -> None:
    spender = Spender(3.0, 1.0)
    spender.budget.add(2.0, requests=2)
    assert [spender.request(), spender.request()] == [True, False]


def test_a_closed_budget_lets_nobody_wait() -> None:
    budget = Budget(1.0)
    waiting = threading.Event()

    def second() -> bool:
        waiting.set()
        with budget.request(0.1) as request:
            return request is None

    with ThreadPoolExecutor(1) as pool, budget.request(0.1) as first:
        assert first is not None
        refused = pool.submit(second)
        waiting.wait()
        budget.close()
        assert refused.result(10)
