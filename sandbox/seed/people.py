"""Believable clients from many countries, drawn the same way each time; their addresses reach nobody."""

import unicodedata
from random import Random
from typing import NamedTuple


class Nation(NamedTuple):
    country: str
    dial: str
    cities: str
    given: str
    family: str


NATIONS = (
    Nation("Czech Republic", "+420", "Praha,Brno,Ostrava", "Tereza,Jakub,Eliška,Matěj,Kateřina,Ondřej",
           "Nováková,Dvořák,Procházka,Černý,Veselá,Horák"),
    Nation("Vietnam", "+84", "Hà Nội,Đà Nẵng,Huế", "Linh,Minh,Thảo,Quang,Trang,Dũng", "Nguyễn,Trần,Lê,Phạm,Hoàng,Vũ"),
    Nation("Norway", "+47", "Oslo,Bergen,Trondheim", "Sigrid,Øyvind,Astrid,Håkon,Solveig,Lars",
           "Haugen,Bakke,Solberg,Lie,Strand,Moen"),
    Nation("Ghana", "+233", "Accra,Kumasi,Tamale", "Ama,Kwame,Abena,Yaw,Akosua,Kojo",
           "Mensah,Owusu,Boateng,Asante,Appiah,Agyeman"),
    Nation("Brazil", "+55", "São Paulo,Recife,Curitiba", "Luísa,João,Beatriz,Thiago,Camila,Rafael",
           "Silva,Oliveira,Araújo,Gonçalves,Moraes,Conceição"),
    Nation("Korea", "+82", "Seoul,Busan,Daegu", "Ji-woo,Min-jun,Seo-yeon,Hyun-woo,Soo-jin,Dong-hyun",
           "Kim,Lee,Choi,Jung,Kang,Yoon"),
    Nation("United Arab Emirates", "+971", "Dubai,Abu Dhabi,Sharjah", "Layla,Omar,Fatima,Khalid,Noura,Yousef",
           "Al Mansoori,Al Nuaimi,Haddad,Al Suwaidi,Khoury,Al Falasi"),
    Nation("India", "+91", "Mumbai,Pune,Chennai", "Ananya,Rohan,Priya,Arjun,Meera,Vikram",
           "Iyer,Sharma,Patel,Reddy,Chatterjee,Nair"),
    Nation("Germany", "+49", "Köln,Leipzig,München", "Johanna,Lukas,Mareike,Jürgen,Greta,Felix",
           "Schröder,Weiß,Köhler,Brandt,Vogel,Krüger"),
    Nation("Spain", "+34", "Sevilla,Valencia,Bilbao", "Lucía,Iñigo,Carmen,Álvaro,Nerea,Pablo",
           "García,Muñoz,Etxeberria,Ibáñez,Serrano,Peña"),
    Nation("Poland", "+48", "Kraków,Gdańsk,Łódź", "Zofia,Paweł,Małgorzata,Łukasz,Agnieszka,Tomasz",
           "Kowalska,Wiśniewski,Wójcik,Zieliński,Szymańska,Mazur"),
    Nation("Japan", "+81", "Tokyo,Osaka,Sapporo", "Yuki,Haruto,Sakura,Ren,Aoi,Takumi",
           "Sato,Suzuki,Tanaka,Watanabe,Ito,Yamamoto"),
    Nation("Turkey", "+90", "İstanbul,İzmir,Ankara", "Elif,Mehmet,Zeynep,Çağrı,Ayşe,Emre",
           "Yılmaz,Kaya,Şahin,Öztürk,Aydın,Güneş"),
    Nation("South Africa", "+27", "Cape Town,Durban,Gqeberha", "Thandiwe,Sipho,Lerato,Pieter,Nomsa,Johan",
           "Dlamini,Nkosi,van der Merwe,Mokoena,Botha,Khumalo"),
    Nation("Mexico", "+52", "Mérida,Puebla,Monterrey", "Ximena,Diego,Valeria,Andrés,Renata,Emiliano",
           "Hernández,Ramírez,Núñez,Ortega,Cárdenas,Vázquez"),
    Nation("France", "+33", "Lyon,Nantes,Lille", "Chloé,Théo,Inès,Mathis,Maëlle,Étienne",
           "Lefèvre,Moreau,Girard,Benoît,Fontaine,Mercier"),
    Nation("Greece", "+30", "Αθήνα,Θεσσαλονίκη,Πάτρα", "Ελένη,Νίκος,Μαρία,Γιώργος,Σοφία,Δημήτρης",
           "Παπαδοπούλου,Νικολάου,Γεωργίου,Δημητρίου,Ιωάννου,Αντωνίου"),
    Nation("Malaysia", "+60", "Kuala Lumpur,Penang,Ipoh", "Nurul,Hafiz,Mei Ling,Arif,Siti,Wei Jie",
           "binti Rahman,Tan,bin Ismail,Lim,Abdullah,Wong"),
)  # fmt: skip
SOURCES = ("website", "partner", "webinar", "friend", "search")
# Letters that do not come apart into a Latin one and an accent.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "ı": "i", "æ": "ae"})


def drawn(rng: Random, *, login: int) -> dict[str, object]:
    nation = rng.choice(NATIONS)
    given, family = rng.choice(nation.given.split(",")), rng.choice(nation.family.split(","))
    # Eastern family names come first on a passport, but MetaTrader has one field and brokers fill it so.
    return person(rng, f"{given} {family}", login=login, nation=nation)


def person(rng: Random, name: str, *, login: int, nation: Nation) -> dict[str, object]:
    return {
        "name": name,
        "email": email(name, login=login),
        "phone": f"{nation.dial} 555 01{rng.randrange(100):02d} {rng.randrange(1000):03d}",
        "country": nation.country,
        "city": rng.choice(nation.cities.split(",")),
        "zipCode": f"{rng.randrange(10_000, 99_999)}",
        "leadSource": rng.choice(SOURCES),
        "agent": 0,
        "comment": "",
    }


def email(name: str, *, login: int) -> str:
    """An address under example.com, which is reserved and delivers nothing; the login keeps it unique."""
    apart = unicodedata.normalize("NFKD", name.lower().translate(PLAIN))
    letters = "".join(
        letter if letter.isascii() and letter.isalpha() else "."
        for letter in apart
        if letter.isprintable() and not unicodedata.combining(letter)
    )
    words = [word for word in letters.split(".") if word]
    return f"{'.'.join(words) or 'client'}.{login % 1000}@example.com"


def of(country: str) -> Nation:
    return next(nation for nation in NATIONS if nation.country == country)
