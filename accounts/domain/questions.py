"""The ten questions: their wording, their options from cautious to daring, their weight.

Answers are stored as positions in this order. Changing a question, an option, an order or
a weight needs a new `QUESTIONNAIRE_VERSION`, so that stored scores keep their meaning.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Option:
    """One possible answer: a short label, and what it means in the investor's words."""

    label: str
    detail: str


@dataclass(frozen=True)
class Question:
    """A question with its options, ordered from the most cautious to the most daring.

    Attributes
    ----------
    key : str
        Stable name, used in addresses of the form.
    side : {"capacity", "willingness"}
        What the answer tells: what circumstances can bear, or what the person will.
    weight : int
        Points of the 100 that the most daring option earns.
    """

    key: str
    side: Literal["capacity", "willingness"]
    weight: int
    text: str
    hint: str
    why: str
    options: tuple[Option, ...]

    def points(self, answer: int) -> float:
        """Points of the option at position `answer`: equally spaced from 0 to the weight."""
        return self.weight * answer / (len(self.options) - 1)


QUESTIONS: tuple[Question, ...] = (
    Question(
        key="horizon",
        side="capacity",
        weight=12,
        text="When will you need most of this money?",
        hint="Think of the first large use: a house, a wedding, fees, retirement.",
        why="Time is what repairs a fall. Money needed next year cannot wait for a recovery.",
        options=(
            Option("Within a year", "It has a use already"),
            Option("In one to three years", "A plan, but no date"),
            Option("In three to five years", "Not soon"),
            Option("In five to ten years", "It can grow for a while"),
            Option("In more than ten years", "Retirement, or the next generation"),
        ),
    ),
    Question(
        key="experience",
        side="willingness",
        weight=8,
        text="What have you invested in so far?",
        hint="Choose the last line that is true for you.",
        why="A fall that one has lived through is easier to judge than one that is imagined.",
        options=(
            Option("Nothing yet", "This would be the first time"),
            Option("Deposits, gold or insurance plans", "Their value is not quoted daily"),
            Option("Mutual funds", "Others choose what to hold"),
            Option("Shares, for a year or more", "I chose them myself"),
            Option("Shares, and I held them through a fall", "I have seen a fifth of it go"),
        ),
    ),
    Question(
        key="aim",
        side="willingness",
        weight=9,
        text="What matters most to you about this money?",
        hint="More growth always comes with deeper falls on the way.",
        why="It tells which of two disappointments you would rather have: a loss or a small gain.",
        options=(
            Option("That it never shrinks", "Even if prices rise faster than it grows"),
            Option("That it keeps up with prices", "With small ups and downs"),
            Option("That it grows over the years", "I accept a bad year now and then"),
            Option("That it grows as much as it can", "I accept several bad years"),
        ),
    ),
    Question(
        key="fall",
        side="willingness",
        weight=15,
        text="The market falls by a fifth in one month. What do you do?",
        hint=(
            "₹10 lakh would show about ₹8 lakh. In March 2020 the NIFTY 50 fell by 23%; "
            "by late July it was back where that month began."
        ),
        why=(
            "What people do in a fall says more about the risk they can bear than what they "
            "say about it, so this answer counts most."
        ),
        options=(
            Option("Sell everything", "I could not watch it fall further"),
            Option("Sell a part", "I would want some of it safe"),
            Option("Do nothing", "I would wait, and keep my SIPs running"),
            Option("Buy more", "Lower prices are a chance for me"),
        ),
    ),
    Question(
        key="spread",
        side="willingness",
        weight=12,
        text="Four plans for ₹1,00,000 over one year. Which one do you take?",
        hint="The range holds in eight years out of ten; once in ten it ends lower.",
        why="A choice between stated ranges asks for your attitude without words like “risky”.",
        options=(
            Option("₹1,06,000, for certain", "No more and no less"),
            Option("₹97,000 to ₹1,18,000", "₹1,07,500 in the middle"),
            Option("₹88,000 to ₹1,34,000", "₹1,11,000 in the middle"),
            Option("₹72,000 to ₹1,58,000", "₹1,15,000 in the middle"),
        ),
    ),
    Question(
        key="limit",
        side="willingness",
        weight=6,
        text="How much may your investments lose in a year before you would lose sleep?",
        hint="In the twelve months to November 2008 the NIFTY 50 lost more than half.",
        why="It checks the two answers before it in another form: one answer alone can mislead.",
        options=(
            Option("Nothing", "Any loss would worry me"),
            Option("Up to 5%", "₹5,000 of each lakh"),
            Option("Up to 15%", "₹15,000 of each lakh"),
            Option("30% or more", "₹30,000 of each lakh, if it can come back"),
        ),
    ),
    Question(
        key="cushion",
        side="capacity",
        weight=9,
        text="If your income stopped today, how long could you live on savings alone?",
        hint="Count deposits and cash, not shares, gold or the house.",
        why="Who has a cushion need not sell shares when they are low.",
        options=(
            Option("Less than a month", "Most of it is spent or invested"),
            Option("One to three months", "A small reserve"),
            Option("Three to six months", "A usual reserve"),
            Option("More than six months", "A comfortable reserve"),
        ),
    ),
    Question(
        key="income",
        side="capacity",
        weight=9,
        text="How sure is your income over the next three years?",
        hint="Salary, business, rent and pension together.",
        why="A steady income can wait for a recovery; an uncertain one may have to sell.",
        options=(
            Option("It may stop", "Or I have none of my own"),
            Option("It changes a lot", "By season, orders or commission"),
            Option("Fairly steady", "Some of it may change"),
            Option("Very steady", "A permanent post or a pension"),
        ),
    ),
    Question(
        key="loans",
        side="capacity",
        weight=8,
        text="How much of your monthly income goes to loan instalments?",
        hint="Home, vehicle, education, personal loans and card balances.",
        why="Instalments fall due whether markets rise or fall.",
        options=(
            Option("More than half", "₹50,000 of each lakh, or more"),
            Option("A third to a half", "₹33,000 to ₹50,000 of each lakh"),
            Option("A tenth to a third", "₹10,000 to ₹33,000 of each lakh"),
            Option("Up to a tenth", "₹10,000 of each lakh, or less"),
            Option("None", "I owe nothing"),
        ),
    ),
    Question(
        key="share",
        side="capacity",
        weight=12,
        text="How much of all you have saved would be in shares?",
        hint="Count shares and equity funds against deposits, provident fund and gold.",
        why="The same fall hurts less where it reaches a small part of what one owns.",
        options=(
            Option("Nearly all", "Nine tenths or more"),
            Option("More than half", "Half to nine tenths"),
            Option("A quarter to a half", "It is a large part"),
            Option("A tenth to a quarter", "It is a small part"),
            Option("Less than a tenth", "It hardly matters"),
        ),
    ),
)
