"""What the app costs: figures as ratios of two ways, measured in one run on a site of its own (`./es benchmark`)."""
