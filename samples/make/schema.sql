CREATE TABLE movie (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE rating (movie int REFERENCES movie, stars numeric CHECK (stars BETWEEN 0 AND 10));
INSERT INTO movie SELECT n, 'movie ' || n FROM generate_series(1, 200) AS n;
CREATE FUNCTION connect_source() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '데이터베이스 연결 오류가 발생했습니다' USING HINT = '원본 서버의 상태를 확인하십시오'; END $$;
