"""How it is made: data → pre-train → fine-tune → export → quantise → parity → publish. The only room with torch."""
