"""Where reads, images, hotlists and people are kept. Only `alpr_core.act` opens a transaction on it."""
