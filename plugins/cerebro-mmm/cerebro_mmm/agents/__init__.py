"""The agents of marketing mix modelling: one for each stage of the script, each deciding its stage's fields only."""
