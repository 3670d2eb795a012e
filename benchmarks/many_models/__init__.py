"""A predictor of a whole registry: one hot model, alone and among a thousand that come and go."""
