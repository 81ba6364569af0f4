"""Texts of made-up cases, for tests with a site and for those that look at one from outside. Pure."""

# What is written into a support plan beside its goals.
SUPPORT_PLAN = {
	"child_view": "Haluaisin, että isä lukee illalla.",
	"parents_view": "Illat ovat raskaita, ja väsymme.",
	"worker_view": "Vanhemmat ovat lämpimiä, ja ilta kaipaa rytmiä.",
	"situation": "Vuorotyö sekoittaa illat.",
	"resources": "Mummo asuu lähellä.",
	"network": "Mummo ja naapurit.",
	"support_need": "Keinoja iltoihin.",
}
