"""Caps that are changed while their account is being read hold all the same."""

from __future__ import annotations

from dataclasses import replace

from gateway.metering.admit import CapReached
from gateway.metering.cap import CapLimits
from gateway.metering.ports import Allowance
from tests.unit.services.test_caps import FakeAllowances, Setting


class ChangedBehindTheReader(FakeAllowances):
    """Somebody sets another cap just after the terms were read, once."""

    def __init__(self, setting: Setting, micros: int) -> None:
        super().__init__(setting.allowances.limits)
        self.setting = setting
        self.micros = micros

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        read = super().allowance(agreement_id, at_us=at_us)
        if self.asked == 1:
            (limit,) = self.limits
            self.limits = (replace(limit, limits=CapLimits(micros=self.micros)),)
            self.setting.caps.forget(["agr_1"])
        return read


def setting_changed_to(micros: int, *, from_micros: int) -> Setting:
    setting = Setting(from_micros)
    allowances = ChangedBehindTheReader(setting, micros)
    setting.allowances = allowances
    setting.caps._allowances = allowances
    return setting


async def test_a_cap_lowered_while_it_is_read_holds_at_the_next_request() -> None:
    setting = setting_changed_to(1_500, from_micros=100_000)

    answers = [await setting.reserve(number) for number in range(2)]

    assert answers[0] == 1_000
    assert isinstance(answers[1], CapReached)
    assert setting.allowances.asked == 2


async def test_a_cap_that_stays_is_read_once() -> None:
    setting = Setting(100_000)

    answers = [await setting.reserve(number) for number in range(2)]

    assert answers == [1_000, 1_000]
    assert setting.allowances.asked == 1
