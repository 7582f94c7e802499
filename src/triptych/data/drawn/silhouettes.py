"""Simple shapes of objects: each function draws one, from (0, 0) to (1, 1), facing right."""

from triptych.data.drawn.canvas import Pen

_GLASS = (66, 84, 104)
_TIRE = (30, 30, 34)
_HUB = (168, 170, 174)
_SKIN = (226, 182, 152)
_HULL = (164, 48, 40)
_LEATHER = (92, 62, 44)
_LAMPS = ((226, 60, 48), (250, 196, 60), (70, 204, 110))


def post(pen: Pen) -> None:
    """Draw a plain post."""
    pen.box(0, 0, 1, 1)


def tree(pen: Pen) -> None:
    """Draw a tree: a trunk and three balls of leaves."""
    pen.dipped(_LEATHER).box(0.42, 0.5, 0.58, 1)
    pen.shaded(0.85).ellipse(0.0, 0.22, 0.62, 0.8)
    pen.shaded(0.95).ellipse(0.4, 0.25, 1.0, 0.78)
    pen.ellipse(0.16, 0.0, 0.84, 0.62)


def car(pen: Pen) -> None:
    """Draw a sedan from the side."""
    pen.polygon((0.16, 0.45), (0.3, 0.05), (0.68, 0.05), (0.84, 0.45))
    pen.dipped(_GLASS).polygon((0.24, 0.42), (0.34, 0.14), (0.65, 0.14), (0.77, 0.42))
    pen.box(0, 0.42, 1, 0.84)
    pen.dipped(_LAMPS[1]).box(0.93, 0.48, 1, 0.6)
    _wheels(pen, (0.22, 0.78), 0.115, 0.26)


def truck(pen: Pen) -> None:
    """Draw a truck: a cab in front of a box."""
    pen.box(0, 0, 0.68, 0.84)
    pen.shaded(0.7).box(0, 0.72, 1, 0.86)
    pen.shaded(0.8).box(0.71, 0.24, 1, 0.8)
    pen.dipped(_GLASS).box(0.82, 0.3, 1, 0.5)
    _wheels(pen, (0.16, 0.42, 0.85), 0.09, 0.2)


def coach(pen: Pen) -> None:
    """Draw a bus: a long box with a row of windows."""
    pen.box(0, 0, 1, 0.86)
    for left in (0.05, 0.24, 0.43, 0.62):
        pen.dipped(_GLASS).box(left, 0.14, left + 0.15, 0.44)
    pen.dipped(_GLASS).box(0.82, 0.14, 1, 0.56)
    _wheels(pen, (0.2, 0.78), 0.09, 0.2)


def train(pen: Pen) -> None:
    """Draw a railcar with a slanted front on a dark undercarriage."""
    pen.dipped(_TIRE).box(0, 0.84, 0.96, 1)
    pen.polygon((0, 0.05), (0.86, 0.05), (1, 0.5), (1, 0.88), (0, 0.88))
    pen.dipped(_GLASS).polygon((0.8, 0.16), (0.88, 0.16), (0.96, 0.46), (0.8, 0.46))
    for left in (0.04, 0.3, 0.56):
        pen.dipped(_GLASS).box(left, 0.18, left + 0.18, 0.44)
    pen.shaded(1.5).box(0, 0.58, 1, 0.66)


def bicycle(pen: Pen) -> None:
    """Draw two spoked wheels, a frame, a saddle and handlebars."""
    for center in (0.22, 0.78):
        pen.ellipse(center - 0.22, 0.34, center + 0.22, 1)
        pen.shaded(1.6).ellipse(center - 0.13, 0.47, center + 0.13, 0.87)
    pen.shaded(0.6).polygon((0.2, 0.72), (0.34, 0.3), (0.72, 0.26), (0.8, 0.72), (0.5, 0.8))
    pen.shaded(1.3).polygon((0.4, 0.42), (0.64, 0.4), (0.5, 0.66))
    pen.dipped(_TIRE).box(0.24, 0.16, 0.46, 0.3)
    pen.dipped(_TIRE).box(0.64, 0.1, 0.88, 0.24)


def motorcycle(pen: Pen) -> None:
    """Draw two thick wheels, a tank and a seat."""
    pen.polygon((0.08, 0.34), (0.46, 0.4), (0.6, 0.16), (0.84, 0.24), (0.78, 0.78), (0.24, 0.8))
    _wheels(pen, (0.22, 0.78), 0.22, 0.5)
    pen.dipped(_LEATHER).box(0.1, 0.26, 0.44, 0.38)
    pen.dipped(_LAMPS[1]).ellipse(0.8, 0.2, 0.94, 0.4)


def person(pen: Pen) -> None:
    """Draw a pedestrian."""
    pen.shaded(0.6).polygon((0.2, 0.56), (0.8, 0.56), (0.88, 1), (0.6, 1), (0.5, 0.7))
    pen.shaded(0.6).polygon((0.2, 0.56), (0.5, 0.56), (0.42, 1), (0.14, 1))
    pen.polygon((0.1, 0.24), (0.9, 0.24), (0.98, 0.6), (0.02, 0.6))
    pen.dipped(_SKIN).ellipse(0.24, 0.0, 0.76, 0.24)


def rider(pen: Pen) -> None:
    """Draw a seated person who leans forward, with a helmet."""
    pen.shaded(0.65).polygon((0.1, 0.62), (0.6, 0.62), (0.8, 1), (0.5, 1))
    pen.polygon((0.08, 0.7), (0.34, 0.24), (0.8, 0.28), (1, 0.56), (0.86, 0.62), (0.6, 0.7))
    pen.dipped(_SKIN).ellipse(0.46, 0.04, 0.9, 0.34)
    pen.shaded(1.25).ellipse(0.42, 0, 0.88, 0.2)


def traffic_light(pen: Pen) -> None:
    """Draw three lamps in a case."""
    pen.box(0, 0, 1, 1)
    for index, lamp in enumerate(_LAMPS):
        pen.dipped(lamp).ellipse(0.2, 0.07 + 0.3 * index, 0.8, 0.33 + 0.3 * index)


def sign(pen: Pen) -> None:
    """Draw a round sign with a bar."""
    pen.ellipse(0, 0, 1, 1)
    pen.dipped((244, 244, 240)).box(0.2, 0.38, 0.8, 0.62)


def quadruped(pen: Pen) -> None:
    """Draw a large animal: horse, cow, sheep."""
    for left in (0.06, 0.23, 0.54, 0.69):
        pen.shaded(0.75).box(left, 0.6, left + 0.13, 1)
    pen.ellipse(0.0, 0.22, 0.86, 0.78)
    pen.polygon((0.56, 0.4), (0.7, 0.0), (0.94, 0.08), (1, 0.36), (0.86, 0.42), (0.8, 0.62))


def pet(pen: Pen) -> None:
    """Draw a small sitting animal with pointed ears: cat, dog."""
    pen.shaded(0.85).polygon((0.1, 0.6), (0.0, 0.3), (0.1, 0.26), (0.34, 0.8), (0.3, 0.95))
    pen.ellipse(0.16, 0.4, 0.84, 1.04)
    pen.ellipse(0.36, 0.1, 0.96, 0.6)
    pen.polygon((0.38, 0.3), (0.4, 0), (0.62, 0.16))
    pen.polygon((0.92, 0.3), (0.92, 0), (0.7, 0.16))
    pen.dipped(_TIRE).ellipse(0.6, 0.34, 0.74, 0.46)


def bird(pen: Pen) -> None:
    """Draw a bird with a raised wing."""
    pen.polygon((0.0, 0.4), (0.0, 0.8), (0.34, 0.7))
    pen.ellipse(0.1, 0.34, 0.84, 0.98)
    pen.ellipse(0.58, 0.12, 0.94, 0.62)
    pen.dipped(_LAMPS[1]).polygon((0.9, 0.26), (1, 0.38), (0.88, 0.48))
    pen.shaded(0.7).polygon((0.22, 0.62), (0.06, 0.02), (0.7, 0.6))


def aeroplane(pen: Pen) -> None:
    """Draw an airliner: fuselage, tail and wings."""
    pen.polygon((0.04, 0.5), (0.0, 0.06), (0.14, 0.06), (0.32, 0.46))
    pen.shaded(0.8).polygon((0.38, 0.46), (0.28, 0.0), (0.44, 0.0), (0.7, 0.46))
    pen.ellipse(0, 0.28, 1, 0.76)
    pen.shaded(0.8).polygon((0.34, 0.56), (0.7, 0.56), (0.36, 1), (0.18, 1))
    pen.dipped(_GLASS).box(0.82, 0.42, 0.92, 0.52)


def boat(pen: Pen) -> None:
    """Draw a sailboat."""
    pen.polygon((0.5, 0.0), (0.5, 0.7), (0.04, 0.7))
    pen.shaded(0.85).polygon((0.5, 0.1), (0.5, 0.7), (0.94, 0.7))
    pen.dipped(_HULL).polygon((0.0, 0.66), (1, 0.66), (0.82, 1), (0.18, 1))


def bottle(pen: Pen) -> None:
    """Draw a bottle with a label."""
    pen.polygon(
        (0.4, 0.06),
        (0.6, 0.06),
        (0.6, 0.28),
        (0.76, 0.42),
        (0.76, 1),
        (0.24, 1),
        (0.24, 0.42),
        (0.4, 0.28),
    )
    pen.dipped(_TIRE).box(0.38, 0, 0.62, 0.08)
    pen.dipped((240, 232, 208)).box(0.24, 0.56, 0.76, 0.8)


def chair(pen: Pen) -> None:
    """Draw a chair from the side."""
    pen.box(0.1, 0, 0.34, 1)
    pen.shaded(0.8).box(0.7, 0.5, 0.92, 1)
    pen.box(0.1, 0.44, 0.96, 0.68)


def table(pen: Pen) -> None:
    """Draw a table with a plate."""
    pen.shaded(0.75).box(0.08, 0.4, 0.28, 1)
    pen.shaded(0.75).box(0.72, 0.4, 0.92, 1)
    pen.box(0, 0.2, 1, 0.56)
    pen.dipped((240, 240, 236)).ellipse(0.34, 0.1, 0.66, 0.3)


def sofa(pen: Pen) -> None:
    """Draw a sofa from the front."""
    pen.box(0.1, 0.18, 0.9, 0.7)
    pen.shaded(1.2).box(0.16, 0.5, 0.84, 0.72)
    pen.shaded(0.8).box(0, 0.42, 0.18, 0.9)
    pen.shaded(0.8).box(0.82, 0.42, 1, 0.9)
    pen.box(0.1, 0.7, 0.9, 0.88)


def potted_plant(pen: Pen) -> None:
    """Draw leaves above a pot."""
    pen.ellipse(0.04, 0.2, 0.5, 0.64)
    pen.shaded(0.85).ellipse(0.5, 0.2, 0.96, 0.64)
    pen.shaded(1.15).ellipse(0.26, 0.0, 0.74, 0.62)
    pen.dipped((186, 96, 62)).polygon((0.24, 0.6), (0.76, 0.6), (0.66, 1), (0.34, 1))


def television(pen: Pen) -> None:
    """Draw a flat screen on a stand."""
    pen.box(0, 0.06, 1, 0.78)
    pen.dipped((120, 190, 230)).box(0.07, 0.14, 0.93, 0.7)
    pen.box(0.44, 0.78, 0.56, 0.92)
    pen.box(0.26, 0.9, 0.74, 1)


def _wheels(pen: Pen, centers: tuple[float, ...], half_width: float, height: float) -> None:
    for x in centers:
        pen.dipped(_TIRE).ellipse(x - half_width, 1 - height, x + half_width, 1)
        pen.dipped(_HUB).ellipse(
            x - half_width / 2, 1 - height * 0.75, x + half_width / 2, 1 - height * 0.25
        )
