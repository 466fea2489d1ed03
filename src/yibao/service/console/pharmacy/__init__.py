"""A pharmacy's pages: its codes and stock, its clues, the vouchers that it redeems."""
