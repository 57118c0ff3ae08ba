DROP TABLE guide_texts;
