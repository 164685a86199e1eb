"""The accounts that the stories play with, figure for figure as operations.md tells them."""

from typing import NamedTuple


class Told(NamedTuple):
    """Money as it is written; what a story does not tell is filled in so that its sums hold."""

    login: int
    name: str
    country: str
    balance: str
    credit: str = "0"
    floating: str = "0"
    margin: str = "0"
    leverage: int = 100
    group: str = "real\\standard-usd"


TOLD = (
    # Wire in, and one wire for two operators.
    Told(128001, "Amelia Novak", "Czech Republic", "1240.10"),
    Told(128254, "Kofi Fernandez", "Ghana", "5310.75", floating="118.40", margin="742.00"),
    Told(128255, "Beatriz Fontaine", "France", "2088.20"),
    # Paying out the broker's credit: equity 4,400.00, free margin 3,500.00.
    Told(128044, "Tomás Rivera", "Mexico", "4000.00", credit="1000.00", floating="-600.00", margin="900.00"),
    # A dropped connection.
    Told(128077, "Hana Nguyen", "Vietnam", "3150.00", floating="-84.30", margin="410.00", group="real\\pro-eur"),
    # Payrolls: equity 4,650.00 at margin 1,480.00, equity 820.00 at margin 610.00, and no positions.
    Told(128117, "Ingrid Dahl", "Norway", "4820.00", floating="-170.00", margin="1480.00", leverage=200),
    Told(128123, "Jo Park", "Korea", "1050.00", floating="-230.00", margin="610.00", leverage=500),
    Told(128130, "Omar Haddad", "United Arab Emirates", "1915.40", leverage=200),
    # Negative balances after a gap; 128204 is hedged, so its margin is small and its result nearly stands still.
    Told(128201, "Sibusiso Khumalo", "South Africa", "-182.40"),
    Told(128202, "Emilia Wójcik", "Poland", "-57.15"),
    Told(128203, "Rajesh Iyer", "India", "-3940.00"),
    Told(128204, "Chiara Serrano", "Spain", "-12.00", floating="41.60", margin="24.00"),
    Told(128205, "Deniz Aydın", "Turkey", "-410.55", credit="200.00"),
    Told(128206, "Mei Ling Tan", "Malaysia", "-75.00"),
    # Three times 9,900.
    Told(128301, "Viktor Petrov", "Greece", "48250.00", floating="312.90", margin="2140.00"),
    Told(128302, "Viktor Petrov", "Greece", "31480.55"),
)
