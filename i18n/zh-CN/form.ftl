# 申请表：填写、校验。
form-title = 填写申请表
form-intro = 已为您填好 { $filled } 项，还需填写 { $left } 项。
form-prefilled = 已自动填写
form-section = 第 { $n } 部分：{ $name }
form-row = 第 { $n } 条
form-row-add = 增加一条
form-row-remove = 删除这一条
form-choose = 请选择
form-touch = 请触摸填写
form-unit = 单位：{ $unit }
form-saved = 已自动保存
form-left = 还有 { $n } 项需要填写
form-go-to = 去填写
form-complete = 申请表已填好
form-preview = 查看申请表

# 填写问题（与表单校验同名）
field-missing = 请填写这一项
field-wrong-type = 内容的形式不对，请重新填写
field-unknown = 表中没有这一项
field-characters = 含有不能使用的字符，请检查
field-too-long = 最多 { $max } 个字，现在有 { $length } 个
field-not-a-number = 请填写数字
field-below-min = 不能小于 { $min }
field-above-max = 不能大于 { $max }
field-too-many-decimals = 最多保留 { $max } 位小数
field-not-a-date = 请填写日期，例如 2026-05-01
field-not-an-option = 请从列出的选项中选择
field-option-closed = 这个选项已停用，请选择其他选项
field-id-number-shape = 身份证号码应为 18 位，请检查
field-id-number-date = 号码中的出生日期不正确，请检查
field-id-number-check = 号码末位不符，请逐位核对
field-credit-code-shape = 统一社会信用代码应为 18 位，请检查
field-credit-code-check = 代码校验不符，请逐位核对
field-not-a-phone = 请填写 11 位手机号码，或带区号的固定电话
field-too-few-rows = 至少填写 { $min } 条
field-too-many-rows = 最多填写 { $max } 条
