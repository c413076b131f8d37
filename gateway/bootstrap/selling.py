"""Who invoices, on which terms, and how the fund divides: settings in room words."""

from __future__ import annotations

from gateway.billing.carrying import CarryTerms
from gateway.billing.reminder import ReminderTerms
from gateway.billing.tax import Regime, Seller, Selling
from gateway.fund.waterfall import FundTerms, Shares
from gateway.settings import Settings


def seller_of(settings: Settings) -> Seller:
    """Who invoices, in the words of billing."""
    told = settings.invoicing
    is_exempt = bool(told.vat_exemption)
    return Seller(
        selling=Selling(told.seller),
        name=told.name,
        country=told.country,
        vat_id=told.vat_id,
        address=told.address,
        regime=Regime.SMALL_BUSINESS if is_exempt else Regime.STANDARD,
        exempt_reason=told.vat_exemption,
        exempt_code=told.vat_exemption_code,
        rates_bp={told.country: told.vat_bp},
        due_days=told.terms_days,
    )


def reminder_terms(settings: Settings) -> ReminderTerms:
    """When reminders are due, in the words of billing."""
    told = settings.invoicing
    small = {each.currency: each.minor for each in told.remind_unverified_from}
    return ReminderTerms(told.remind_after, small)


def carry_terms(settings: Settings) -> CarryTerms:
    """What is too little for an invoice."""
    below = settings.invoicing.carry_below
    return CarryTerms({each.currency: each.minor for each in below})


def fund_terms(settings: Settings) -> FundTerms:
    """How the fund divides, in its own words; who invoices is barred by its name."""
    told, operator = settings.fund, settings.invoicing.name
    return FundTerms(
        Shares(
            operator_bp=told.operator_fee_bp,
            reserve_bp=told.reserve_bp,
            labour_bp=told.labour_bp,
            solidarity_bp=told.solidarity_bp,
        ),
        barred=frozenset(told.barred) | ({operator} if operator else frozenset()),
        round_from_minor={each.currency: each.minor for each in told.rounds.open_from},
        is_solidarity_in_rounds=told.rounds.takes_solidarity,
        payout_from_minor=told.rounds.payout_from.minor,
    )
