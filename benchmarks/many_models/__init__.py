"""A predictor of a whole registry: one hot model, alone and beside a thousand others."""
