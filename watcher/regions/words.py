"""Word lists of the resolver: what is no place, who is a person, what says that a name is a province's."""

#: Words after a name that make it a province, region or the like.
UNIT_WORDS = frozenset(
    """
    province governorate region oblast countryside district state county territory prefecture область
    области провинция провинции провинцию мухафаза мухафазы край края provincia gouvernorat vilayet ili
    kırsalı kirsali 省 州
    """.split()
)

#: The same before a name.
UNIT_WORDS_BEFORE = frozenset(
    """
    محافظه ريف ولايه اقليم province provincia gouvernorat провинция провинции область governorate state
    region département departamento estado
    """.split()
)

#: Words that are also places but hardly ever mean them, and parts of people's names.
STOP = frozenset(
    """
    a an and are as at be but by for from has he her his i in is it its my no not of on one or our she so
    than that the their they this to was we were will with you your most nice reading mobile police march
    may union central center centre north south east west northern southern eastern western time times new
    old san santa los las el la le les de del der die das den al man men bay beach lake hill hills park
    school university college hospital church street road airport bank press post house home city town
    village county state states republic king queen prince president minister general major army force green
    black white brown gold golden silver sun moon star spring summer monday tuesday wednesday thursday
    friday saturday sunday january february april june july august september october november december today
    news daily media live updates how why what when where who date best more us top ever deal win hope can
    van bar wall ford lincoln jackson madison washington carter orange liberal along male same such many
    both very each only first second third much sale bath battle ware split opinion editorial source sources
    report reports video watch photo photos read see here there over under after before about between
    against during without within among mon tue wed thu fri sat jan feb mar apr jun jul aug sep oct nov dec
    imam sheikh ali ahmad ahmed mohammad mohammed muhammad hassan hussein omar abu ibn bin ben da li ma во
    на по из за до от он она они это как что его её для при над под без hamas olympic olympics obama chu hiv
    act nelson free george toyota titan god manning robertson harrison logan bush mary officer pa asia mega
    duma lakes nadia columbia clinton trump biden putin assad adams bell hopkins grant grey gray wilson
    taylor thomas allen anderson baker brooks campbell clark collins cooper davis douglas duncan ellis evans
    fisher fleming foster franklin gibson graham hamilton harvey henderson howard hunt hunter hudson johnson
    kennedy lawrence marshall mason mitchell moore morgan morris morton murray norman palmer parker perry
    phillips porter powell price quincy reed reynolds richardson roberts rogers russell sanders shaw
    sheridan sherman simpson spencer stanley sterling stewart sullivan turner tyler vernon wallace warren
    watson webster wells wright young council committee board department office court law bill senate
    congress parliament party league association agency bureau guard corps navy air fire water health food
    energy oil gas
    """.split()
)

#: Given names: with another capitalised word beside them they are a person's.
GIVEN = frozenset(
    """
    aaron adam alan albert alex alexander alice amy andrew angela anna anne anthony barbara ben benjamin
    beth bill bob bobby brad brian bruce carl carol charles charlie chris christian christopher craig dan
    daniel dave david dennis diana donald doug edward elizabeth emily emma eric frank fred gary george
    gerald gordon grace greg harry helen henry ian jack james jane jason jean jeff jennifer jeremy jessica
    jim jimmy joan joe john johnny jonathan jordan jose joseph josh juan julia justin karen kate katherine
    keith kelly ken kenneth kevin kim larry laura lee leo linda lisa louis lucy luke maria mario mark martin
    mary matt matthew michael michelle mike nancy nick oliver oscar paris patricia patrick paul pete peter
    phil philip rachel ralph ray rebecca richard rick rob robert robin roger ron ronald roy russell ruth
    ryan sam samuel sandra sara sarah scott sean sharon sophie stephen steve steven stuart sue susan sydney
    terry thomas tim tom tony victor victoria vincent walter wayne wendy will william mr mrs ms dr sir lord
    lady professor judge senator chad georgia austin dallas charlotte
    """.split()
)

#: Things that carry the name of a place without being there: Aleppo soap, Damascus steel.
PRODUCTS = frozenset(
    """
    soap pepper peppers steel spice jeans shoes cheese burger burgers fries sausage sausages ham wine almonds delight
    syndrome papers convention sprouts treaty protocol dressing fever virus strain sweater bulldog terrier retriever
    shepherd rug rugs carpet carpets coffee cologne roulette doll dolls
    """.split()
)
